/** Placeholder shape until the schedule rules land. */
export interface Schedule { readonly describe: () => string }
