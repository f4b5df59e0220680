/** Made by the build from docs/reference/errors.md (scripts/build-ui.mjs). */
declare module "caudal:errors" {
  /** Code → Markdown. */
  export const ERROR_HELP: { readonly [code: string]: string };
}
declare module "*.css";
