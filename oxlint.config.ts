import { defineConfig } from "oxlint";

export default defineConfig({
  plugins: [
    "eslint",
    "typescript",
    "unicorn",
    "oxc",
    "import",
    "promise",
    "react",
    "jsx-a11y",
    "vitest",
  ],
  jsPlugins: ["./scripts/architecture/lint-plugin.ts"],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: "error" },
  categories: { correctness: "error", suspicious: "error" },
  rules: {
    // Who may import whom, what lives in one place, file names, exports: scripts/architecture/matrix.ts.
    "architecture/boundaries": "error",
    "import/no-cycle": "error",

    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-unsafe-argument": "error",
    "typescript/no-unsafe-assignment": "error",
    "typescript/no-unsafe-call": "error",
    "typescript/no-unsafe-member-access": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/no-misused-promises": "error",
    "typescript/no-deprecated": "error",
    "typescript/only-throw-error": "error",
    "typescript/prefer-promise-reject-errors": "error",
    "typescript/require-await": "error",
    "typescript/return-await": ["error", "in-try-catch"],
    "typescript/switch-exhaustiveness-check": [
      "error",
      { considerDefaultExhaustiveForUnions: true },
    ],
    "typescript/consistent-type-imports": "error",
    "typescript/no-import-type-side-effects": "error",
    "typescript/no-require-imports": "error",
    "typescript/prefer-ts-expect-error": "error",
    "typescript/use-unknown-in-catch-callback-variable": "error",
    "import/no-duplicates": "error",
    "import/no-mutable-exports": "error",
    "unicorn/prefer-node-protocol": "error",
    "unicorn/no-abusive-eslint-disable": "error",

    "eslint/eqeqeq": ["error", "always", { null: "ignore" }],
    "eslint/max-lines": ["error", { max: 400 }],
    "eslint/max-lines-per-function": [
      "error",
      { max: 80, skipBlankLines: true, skipComments: true },
    ],
    "eslint/complexity": ["error", { max: 15 }],
    "eslint/max-depth": ["error", { max: 4 }],
    "eslint/no-console": "error",
    "eslint/no-empty": "error",
    "eslint/no-var": "error",
    "eslint/prefer-const": "error",
    "eslint/object-shorthand": "error",
    "eslint/no-else-return": "error",
    "eslint/no-param-reassign": "error",
    "eslint/no-promise-executor-return": "error",
    "eslint/no-self-compare": "error",
    "eslint/radix": "error",
    "eslint/no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx", "hack"] }],

    "eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],

    // Off, each for a reason. The compiler already checks that a side-effect import exists.
    "import/no-unassigned-import": "off",
    // A small helper stands beside its caller, closed over what it needs, when that reads better.
    "unicorn/consistent-function-scoping": "off",
    // The JSX transform is automatic: React need not be in scope.
    "react/react-in-jsx-scope": "off",
    // A live region, a virtualised list, a palette: the pattern asks for the role, not for the tag.
    "jsx-a11y/prefer-tag-over-role": "off",
    // A dialog that opens has to say where the focus goes.
    "jsx-a11y/no-autofocus": "off",
    // Ports and workers have no origin; and a port only starts by `onmessage`.
    "unicorn/require-post-message-target-origin": "off",
    "unicorn/prefer-add-event-listener": "off",
    // These two speak for the React compiler, which is not in use; hooks are checked by exhaustive-deps.
    "react/incompatible-library": "off",
    "react/exhaustive-effect-dependencies": "off",
    // A chain's last link often only has a side effect.
    "promise/always-return": "off",
  },
  overrides: [
    {
      // Markup is long without being hard.
      files: ["**/*.tsx"],
      rules: {
        "eslint/max-lines-per-function": [
          "error",
          { max: 120, skipBlankLines: true, skipComments: true },
        ],
      },
    },
    {
      files: ["**/*.test.{ts,tsx}", "server/**/{crash,testing}/**", "e2e/**"],
      rules: {
        "typescript/no-non-null-assertion": "off",
        "eslint/max-lines-per-function": "off",
      },
    },
    {
      // Tests, tools and views read foreign shapes; where data enters the product, a schema does.
      files: [
        "**/*.test.{ts,tsx}",
        "server/**/{crash,testing}/**",
        "scripts/**",
        "e2e/**",
        "console/**",
      ],
      rules: { "typescript/no-unsafe-type-assertion": "off" },
    },
    {
      // A brand, a value that came back through JSON, and pairs of types that the compiler cannot
      // follow through a union: the few places where an assertion says what is known.
      files: [
        "contracts/client.ts",
        "server/kernel/instant.ts",
        "server/store/{port,draft,document,external,clock-shift,state-files}.ts",
      ],
      rules: { "typescript/no-unsafe-type-assertion": "off" },
    },
    {
      // Programs whose output is the terminal.
      files: ["scripts/**", "server/cli/**", "server/main.ts", "e2e/**"],
      rules: { "eslint/no-console": "off" },
    },
  ],
});
