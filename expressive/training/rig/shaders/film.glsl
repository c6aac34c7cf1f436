// The film curve, and linear light to sRGB.
vec3 film(vec3 c) {
    c *= 0.98;
    float luma = dot(c, vec3(0.2126, 0.7152, 0.0722));
    c = max(mix(vec3(luma), c, 1.06), vec3(0.0));
    vec3 mapped = c * (1.0 + c / 5.5) / (1.0 + c * 0.92);
    mapped = clamp(mapped, 0.0, 1.0);
    mapped = mix(mapped, mapped * mapped * (3.0 - 2.0 * mapped), 0.22);
    return pow(mapped, vec3(1.0 / 2.2));
}
