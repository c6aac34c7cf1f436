in vec2 H;
in vec3 lit_colour;
uniform float tip;  // share of the length over which a hair fades out
void main() {
    float alpha = smoothstep(1.0, 1.0 - tip, H.y) * mix(1.0, 0.55, H.y * H.y) * smoothstep(1.0, 0.45, abs(H.x));
    gl_SampleMask[0] = coverage(alpha);
    colour = vec4(lit_colour, 1);
}
