in vec3 P;
in vec3 N;
in vec2 U;
in vec4 A;  // darkness
in vec4 S;
void main() {
    // the shade of the lid on the eyeball, laid over it
    colour = vec4(vec3(0.10, 0.035, 0.025), clamp(A.x, 0.0, 1.0) * 0.50 + 0.0 * P.x * N.x * U.x * S.x);
}
