in vec3 P;
in vec3 N;
in vec2 U;
in vec4 A;  // direction in the eyeball's own frame, ambient occlusion
in vec4 S;
uniform vec3 iris_colour;
uniform float pupil;
void main() {
    vec3 n = normalize(N);
    vec3 v = normalize(eye - P);
    vec3 d = normalize(A.xyz);
    float r = d.z > 0.0 ? length(d.xy) : 2.0;
    float edge = 0.43;
    float q = r / edge;
    float angle = atan(d.y, d.x);
    float fibre = 0.5 + 0.28 * sin(angle * 38.0 + 2.5 * sin(angle * 7.0)) + 0.22 * sin(angle * 83.0 + q * 5.0);
    vec3 iris = iris_colour * (0.62 + 0.62 * fibre) * mix(1.35, 0.85, smoothstep(0.30, 0.95, q));
    iris = mix(iris * vec3(1.25, 1.08, 0.78), iris, smoothstep(pupil, pupil + 0.30, q));
    iris *= 1.0 + 0.55 * smoothstep(0.0, -0.36, d.y) * smoothstep(1.0, 0.4, q);  // light pools below
    iris *= mix(1.0, 0.22, smoothstep(0.78, 1.0, q));
    iris = mix(vec3(0.004), iris, smoothstep(pupil, pupil + 0.09, q));
    vec3 sclera = vec3(0.70, 0.665, 0.64) * mix(vec3(1), vec3(0.95, 0.72, 0.66), smoothstep(0.62, 1.05, r));
    vec3 albedo = mix(iris, sclera, smoothstep(0.93, 1.10, q));
    float s = mix(1.0, shadow(S, 0.003), 0.55);
    vec3 c = surface(albedo, n, P, 0.4, 0.0, 0.4, A.w, s);
    // catch lights: a soft window above, a small lamp opposite
    vec3 reflected = reflect(-v, n);
    float window = smoothstep(0.945, 0.975, dot(reflected, normalize(vec3(-0.34, 0.42, 0.84))));
    float lamp = smoothstep(0.984, 0.992, dot(reflected, normalize(vec3(0.42, -0.02, 0.90))));
    float gate = smoothstep(0.30, 0.55, A.w);
    c += (vec3(1.05, 1.02, 0.98) * window * 1.15 + vec3(0.5, 0.55, 0.62) * lamp * 0.35) * gate;
    colour = vec4(film(c), 1);
}
