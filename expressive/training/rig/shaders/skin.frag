in vec3 P;
in vec3 N;
in vec2 U;
in vec4 A;  // ambient occlusion, openness (0 in the mouth bag), scalp, blend to the plain tone
in vec4 S;
uniform sampler2D albedo_map;
uniform sampler2D surface_map;
uniform sampler2D wrinkle_a;
uniform sampler2D wrinkle_b;
uniform vec4 weight_a;
uniform vec4 weight_b;
uniform vec3 skin_tone;
uniform vec3 hair_colour;
float groove(vec2 u) { return dot(texture(wrinkle_a, u), weight_a) + dot(texture(wrinkle_b, u), weight_b); }
void main() {
    vec3 n = normalize(N);
    vec3 v = normalize(eye - P);
    if (dot(n, v) < 0.0 && !gl_FrontFacing) n = -n;
    float plain = A.w;
    vec3 albedo = mix(pow(texture(albedo_map, U).rgb, vec3(2.2)), skin_tone, plain);
    vec3 m = texture(surface_map, U).rgb;
    vec3 dx = dFdx(P), dy = dFdy(P);
    vec2 ux = dFdx(U), uy = dFdy(U);
    vec3 t = normalize(dx * uy.y - dy * ux.y + 1e-6);
    vec3 b = normalize(cross(n, t));
    if (dot(b, dy * ux.x - dx * uy.x) < 0.0) b = -b;
    float e = 1.0 / 1024.0, g = 1.6 / 1024.0;
    float depth = groove(U);
    vec2 wrinkle = vec2(groove(U + vec2(g, 0)) - depth, groove(U + vec2(0, g)) - depth) * 1.05;
    vec2 pores = vec2(texture(surface_map, U + vec2(e, 0)).g - m.g, texture(surface_map, U + vec2(0, e)).g - m.g) * 0.8;
    vec2 slope = (pores - wrinkle) * (1.0 - plain);
    n = normalize(n - t * slope.x - b * slope.y);
    albedo *= mix(vec3(1), vec3(0.62, 0.52, 0.50), clamp(depth, 0.0, 1.0) * 0.62 * (1.0 - plain));
    float under_hair = smoothstep(0.15, 0.75, A.z);
    albedo = mix(albedo, hair_colour * 0.55 + albedo * 0.10, under_hair * 0.88);
    float ao = A.x * mix(1.0, 0.8, clamp(depth, 0.0, 1.0));
    float gloss = mix(m.b * 1.3, 0.55, plain) * mix(1.0, 0.12, under_hair) * 0.62;
    vec3 c = surface(albedo, n, P, m.r, gloss, 1.0, ao, shadow(S, 0.0024));
    c *= mix(vec3(0.26, 0.075, 0.065), vec3(1), A.y);
    colour = vec4(film(c), 1);
}
