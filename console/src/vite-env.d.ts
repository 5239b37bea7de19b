/** Set by the build from `config/flags.json`. */
declare const KYROS_DEMO_MODE: boolean;
