/** Numbers and plurals of one language. */
export interface Counting {
  number(value: number): string;
  /** "1 run", "2,000 runs". */
  count(value: number, one: string, other: string): string;
  /** Only the word. */
  plural(value: number, one: string, other: string): string;
}

export function countingIn(language: string): Counting {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  const plural = (value: number, one: string, other: string) => (rules.select(value) === "one" ? one : other);
  return {
    number: (value) => numbers.format(value),
    plural,
    count: (value, one, other) => `${numbers.format(value)} ${plural(value, one, other)}`,
  };
}
