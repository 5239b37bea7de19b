/** Apart, so that no command reads it that does not want to know. */
import about from "../../package.json" with { type: "json" };

export const version = about.version;
