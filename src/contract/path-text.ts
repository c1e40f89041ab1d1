/** `['to', 'users', 3]` → `to.users[3]`. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => text + stepText(part, text === ''), '');

function stepText(part: PropertyKey, isFirst: boolean): string {
  if (typeof part === 'number') return `[${part}]`;
  return isFirst ? String(part) : `.${String(part)}`;
}
