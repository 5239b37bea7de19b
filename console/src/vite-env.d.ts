/** Set by the build from `config/flags.json`. */
declare const __DEMO_MODE__: boolean;
