/** Argument names of the nodes of a graph. */
const labelsCache = new WeakMap<readonly { readonly label: string }[], readonly string[]>();

/** One array per node, however often it is called. */
export function labelsOf(list: readonly { readonly label: string }[]): readonly string[] {
  let labels = labelsCache.get(list);
  if (labels === undefined) labelsCache.set(list, (labels = list.map((argument) => argument.label)));
  return labels;
}
