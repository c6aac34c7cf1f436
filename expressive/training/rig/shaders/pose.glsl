// The head turns around the neck; w says how much of that a point follows.
uniform mat4 view_projection;
uniform mat4 light_matrix;
uniform mat3 head_rotation;
uniform vec3 pivot;
uniform vec3 eye;
vec3 turn_point(vec3 p, float w) { return p + (head_rotation * (p - pivot) - (p - pivot)) * w; }
vec3 turn_direction(vec3 n, float w) { return normalize(mix(n, head_rotation * n, w)); }
