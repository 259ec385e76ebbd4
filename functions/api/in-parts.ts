/** A list as it comes, so many at a time: what is read for several at once costs a call for all of them. */
export async function* inParts<T>(all: AsyncIterable<T>, size: number): AsyncIterable<readonly T[]> {
  let some: T[] = [];
  for await (const each of all) {
    some.push(each);
    if (some.length < size) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
