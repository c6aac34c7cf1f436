// Soft three-point light, filtered shadows, sub-pixel alpha.
uniform sampler2DShadow shadow_map;
uniform vec3 eye;
uniform vec3 light_direction[4];
uniform vec3 light_colour[4];
out vec4 colour;

float shadow(vec4 s, float bias) {
    vec3 q = s.xyz / s.w * 0.5 + 0.5;
    vec2 px = 3.2 / vec2(textureSize(shadow_map, 0));
    float sum = 0.0;
    for (int i = 0; i < 4; i++)
        sum += textureLod(shadow_map, vec3(q.xy + (vec2(i & 1, i >> 1) - 0.5) * px, q.z - bias), 0.0);
    return sum * 0.25;
}
vec3 ambient(vec3 n) { return mix(vec3(0.30, 0.26, 0.245), vec3(0.56, 0.58, 0.63), n.y * 0.5 + 0.5); }
float ggx(float nh, float roughness) {
    float a = roughness * roughness;
    float d = nh * nh * (a * a - 1.0) + 1.0;
    return a * a / (3.1416 * d * d);
}
vec3 surface(vec3 albedo, vec3 n, vec3 p, float roughness, float gloss, float scatter, float ao, float key_shadow) {
    vec3 v = normalize(eye - p);
    float light = dot(albedo, vec3(0.33));
    vec3 c = albedo * ambient(n) * ao;
    vec3 wrap = mix(vec3(0.10), mix(vec3(0.20, 0.15, 0.13), vec3(0.40, 0.24, 0.18), smoothstep(0.08, 0.40, light)), scatter);
    for (int i = 0; i < 4; i++) {
        vec3 l = light_direction[i];
        float nl = dot(n, l);
        vec3 d = clamp((vec3(nl) + wrap) / (1.0 + wrap), 0.0, 1.0);
        float s = i == 0 ? key_shadow : 1.0;
        vec3 tinted = mix(vec3(s), pow(vec3(s), vec3(0.72, 0.96, 1.04)), scatter);
        vec3 h = normalize(l + v);
        float nh = max(dot(n, h), 0.0), vh = max(dot(v, h), 0.0);
        float fresnel = 0.028 + 0.972 * pow(1.0 - vh, 5.0);
        float lobe = 0.7 * ggx(nh, roughness) + 0.3 * ggx(nh, roughness * 0.62);
        float spec = gloss * fresnel * lobe * max(nl, 0.0) * s * mix(ao, 1.0, 0.2) / max(4.0 * max(dot(n, v), 0.3) * max(nl, 0.3), 0.25);
        c += light_colour[i] * (albedo * d * tinted * (i == 0 ? mix(1.0, ao, 0.45) : ao) + vec3(spec) * (i == 0 ? 1.6 : 0.9));
    }
    return c;
}
// Coverage instead of blending: four samples per pixel and an ordered offset in each 2x2 block give 16 levels.
int coverage(float alpha) {
    ivec2 q = ivec2(gl_FragCoord.xy) & 1;
    int k = q.y * 2 + (q.x ^ q.y);
    int n = int(clamp(alpha, 0.0, 1.0) * 4.0 + (float(k) + 0.5) / 4.0);
    int bits = (1 << n) - 1;
    return ((bits << k) | (bits >> (4 - k))) & 15;
}
float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
