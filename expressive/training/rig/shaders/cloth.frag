in vec3 P;
in vec3 N;
in vec2 U;
in vec4 A;  // trim, metal, inside, unused
in vec4 S;
uniform vec3 cloth_colour;
uniform vec3 trim_colour;
void main() {
    vec3 n = normalize(N);
    vec3 v = normalize(eye - P);
    if (dot(n, v) < 0.0) n = -n;
    float s = shadow(S, 0.004);
    if (A.y > 0.5) {
        vec3 c = surface(A.y > 1.5 ? vec3(0.62, 0.40, 0.12) : vec3(0.10, 0.085, 0.07), n, P, 0.32, 9.0, 0.0, 1.0, mix(0.5, 1.0, s));
        colour = vec4(film(c), 1);
        return;
    }
    float edge = smoothstep(0.40, 0.60, A.x);
    vec3 albedo = mix(cloth_colour, trim_colour, edge);
    float weave = hash(floor(vec2(U.x * 420.0, U.y * 150.0)));
    albedo *= 0.93 + 0.14 * weave;
    albedo *= 1.0 - 0.35 * exp(-pow((A.x - 0.5) * 9.0, 2.0));
    float ao = clamp((P.y + 26.0) / 10.0, 0.55, 1.0) * mix(1.0, 0.45, A.z);
    vec3 c = surface(albedo, n, P, 0.75, 0.25, 0.15, ao, s);
    float sheen = pow(1.0 - max(dot(n, v), 0.0), 3.0);
    c += albedo * sheen * 0.35 * ao;
    colour = vec4(film(c), 1);
}
