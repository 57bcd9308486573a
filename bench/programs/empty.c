/* The least that a hook can be: what every tracer's cost is measured against. */
__attribute__((no_instrument_function)) void __cyg_profile_func_enter(void *fn, void *call_site);
__attribute__((no_instrument_function)) void __cyg_profile_func_exit(void *fn, void *call_site);

void __cyg_profile_func_enter(void *fn, void *call_site) {
    (void)fn;
    (void)call_site;
}

void __cyg_profile_func_exit(void *fn, void *call_site) {
    (void)fn;
    (void)call_site;
}
