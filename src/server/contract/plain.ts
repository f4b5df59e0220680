/** What answers are made of. */

export type Instant = number;
export type Millis = number;
export type Cursor = number;
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
