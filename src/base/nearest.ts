/** The known word somebody most likely meant: for error sentences. */

const LETTERS_MAX = 64;

/**
 * The candidate with the fewest letters to add, drop, change or swap with their neighbour; the first of equals.
 * Upper and lower case are the same. Undefined when nothing is near: more than a third of the word's letters
 * (one for the shortest words) would have to change. Cost: letters × letters for each candidate.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.slice(0, LETTERS_MAX).toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const changes = editDistance(wanted, candidate.slice(0, LETTERS_MAX).toLowerCase());
    if (changes < fewest) [best, fewest] = [candidate, changes];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let rowBeforeLast: number[] = [];
  let lastRow = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = cell(lastRow, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? cell(rowBeforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(changed, swapped, cell(lastRow, j) + 1, cell(row, j - 1) + 1));
    }
    [rowBeforeLast, lastRow] = [lastRow, row];
  }
  return cell(lastRow, b.length);
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
