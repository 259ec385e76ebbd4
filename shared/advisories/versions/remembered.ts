const most = 16_384;
const longest = 200;

/**
 * `parse` that remembers what it read: a judgement compares one installed version with the events of many records, and a record's events
 * with many versions. Bounded: when full it forgets all; long strings, which only the hostile write, are not kept.
 */
export function remembered<T>(parse: (version: string) => T): (version: string) => T {
  const known = new Map<string, T>();
  return (version) => {
    const found = known.get(version);
    if (found !== undefined) return found;
    const parsed = parse(version);
    if (version.length <= longest) {
      if (known.size >= most) known.clear();
      known.set(version, parsed);
    }
    return parsed;
  };
}
