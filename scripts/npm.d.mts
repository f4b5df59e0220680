export function npmScript(node?: string): string | undefined;
