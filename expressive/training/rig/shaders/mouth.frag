in vec3 P;
in vec3 N;
in vec2 U;
in vec4 A;  // ambient occlusion, depth behind the lips in the head's frame, 1 for teeth, tongue
in vec4 S;
void main() {
    vec3 n = normalize(N);
    vec3 v = normalize(eye - P);
    if (dot(n, v) < 0.0) n = -n;
    vec3 gum = mix(vec3(0.40, 0.145, 0.135), vec3(0.58, 0.22, 0.20), A.w);
    vec3 albedo = A.z > 0.5 ? vec3(0.66, 0.60, 0.49) : gum;
    float open = clamp(A.y, 0.0, 1.0);
    open = open * open * (3.0 - 2.0 * open);
    vec3 c = surface(albedo, n, P, 0.34, 0.55, 0.5, max(A.x, 0.5 * A.w) * mix(0.5, 1.0, open), shadow(S, 0.003));
    c *= mix(0.13, 0.92, open);
    colour = vec4(film(c), 1);
}
