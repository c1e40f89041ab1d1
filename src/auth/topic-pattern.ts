/**
 * Matches a topic against a pattern in which `*` stands for any run of characters, including none.
 * It takes the leftmost match of each part in turn, so a hostile pattern costs no more than its
 * length.
 */
export function matchesPattern(pattern: string, topic: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === topic;
  if (!topic.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = topic.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return topic.length - last.length >= from && topic.endsWith(last);
}
