// Lint: what the compiler can't say. The walls of core/ (no clock, chance, waiting or outside imports) are here;
// the rest is type safety of promises and switches, and sizes.
import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

const wallsOfCore = {
  files: ["core/**/*.ts"],
  rules: {
    "no-restricted-globals": ["error", "Date"],
    "no-restricted-properties": ["error", { object: "Math", property: "random", message: "Chance is an argument: core/base/random.ts." }],
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          { regex: "^[^.]", message: "core/ imports nothing from outside." },
          { regex: "/(runtime|client|services|tests)/", message: "core/ imports only core/." },
        ],
      },
    ],
    "no-restricted-syntax": [
      "error",
      { selector: ":function[async=true]", message: "core/ is synchronous." },
      { selector: "AwaitExpression", message: "core/ is synchronous." },
      { selector: "NewExpression[callee.name='Promise']", message: "core/ is synchronous." },
    ],
  },
};

const onlyConfigReadsTheEnvironment = {
  files: ["runtime/**/*.ts", "client/**/*.ts", "services/**/*.ts"],
  ignores: ["**/config.ts"],
  rules: {
    "no-restricted-properties": ["error", { object: "process", property: "env", message: "Only config.ts reads the environment." }],
  },
};

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", ".flotilla/", ".tmp/", "**/*.d.ts", "charts/"] },
  eslint.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/unified-signatures": "off",
      "max-params": ["error", 3],
      "max-lines-per-function": ["error", { max: 70, skipComments: true, skipBlankLines: true }],
      "no-console": "error",
      "prefer-const": "error",
      eqeqeq: "error",
    },
  },
  wallsOfCore,
  onlyConfigReadsTheEnvironment,
  {
    files: ["tests/**/*.ts"],
    rules: { "max-lines-per-function": "off", "no-console": "off" },
  },
  { files: ["client/cli/**/*.ts", "k8s/kind-up.ts"], rules: { "no-console": "off" } },
);
