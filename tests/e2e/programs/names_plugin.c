/* A plugin with a uv_close of its own. */
double uv_close(int a, double b, int c, double d, int e, int f, int g, int h, double i);

double uv_close(int a, double b, int c, double d, int e, int f, int g, int h, double i) {
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9;
}

double plugin_sum(void);

double plugin_sum(void) {
    return uv_close(1, 0.25, 3, 0.5, 5, 6, 7, 8, 0.125);
}
