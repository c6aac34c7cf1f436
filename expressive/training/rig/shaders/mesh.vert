in vec3 in_position;
in vec3 in_normal;
in vec2 in_uv;
in vec4 in_aux;
in float in_follow;
out vec3 P;
out vec3 N;
out vec2 U;
out vec4 A;
out vec4 S;
void main() {
    P = turn_point(in_position, in_follow);
    N = turn_direction(in_normal, in_follow);
    U = in_uv;
    A = in_aux;
    S = light_matrix * vec4(P, 1);
    gl_Position = view_projection * vec4(P, 1);
}
