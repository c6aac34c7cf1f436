// Hair is lit per vertex: a ribbon is hardly wider than a pixel, so nothing changes across it.
in vec3 in_position;
in vec3 in_tangent;
in vec3 in_normal;
in vec4 in_strand;  // side, share of the length, shade, half width
in float in_follow;
uniform float widen;
uniform vec3 hair_colour;
uniform float sheen;
uniform sampler2DShadow shadow_map;
uniform vec3 light_direction[4];
uniform vec3 light_colour[4];
out vec2 H;  // side, share of the length
out vec3 lit_colour;
void main() {
    vec3 p = turn_point(in_position, in_follow);
    vec3 t = turn_direction(in_tangent, in_follow);
    vec3 n = turn_direction(in_normal, in_follow);
    vec3 v = normalize(eye - p);
    vec3 across = cross(t, v);
    float l = length(across);
    across = l > 1e-4 ? across / l : vec3(1, 0, 0);
    float taper = mix(1.0, 0.30, in_strand.y * in_strand.y);
    vec4 s4 = light_matrix * vec4(p, 1);
    vec3 q = s4.xyz * 0.5 + 0.5;
    float s = 0.0;
    float px = 2.6 / 1024.0;
    for (int i = 0; i < 4; i++)
        s += 0.25 * textureLod(shadow_map, vec3(q.xy + vec2((i & 1) * 2 - 1, (i >> 1) * 2 - 1) * px, q.z - 0.006), 0.0);
    vec3 albedo = hair_colour * in_strand.z * mix(0.62, 1.08, smoothstep(0.0, 0.55, in_strand.y));
    vec3 c = albedo * mix(vec3(0.30, 0.26, 0.245), vec3(0.56, 0.58, 0.63), n.y * 0.5 + 0.5) * mix(0.55, 1.0, dot(n, v) * 0.5 + 0.5);
    for (int i = 0; i < 4; i++) {
        vec3 light = light_direction[i];
        float key = i == 0 ? mix(0.25, 1.0, s) : 1.0;
        float tl = dot(t, light);
        float nl = dot(n, light);
        float diffuse = sqrt(max(0.0, 1.0 - tl * tl)) * clamp(nl * 0.72 + 0.28, 0.0, 1.0);
        vec3 h = normalize(light + v);
        float th = dot(t + n * 0.06, h), th2 = dot(t - n * 0.10, h);
        float sharp = pow(max(0.0, 1.0 - th * th), 55.0);
        float broad = pow(max(0.0, 1.0 - th2 * th2), 14.0);
        float gate = clamp(nl * 0.8 + 0.2, 0.0, 1.0);
        c += light_colour[i] * key * (albedo * diffuse + gate * sheen * (vec3(0.055) * sharp + (albedo * 0.9 + 0.006) * broad * 0.55) * in_strand.z);
    }
    lit_colour = film(c);
    H = in_strand.xy;
    gl_Position = view_projection * vec4(p + across * (in_strand.x * in_strand.w * taper * widen), 1);
}
