import { createHash } from 'node:crypto';
import type { AsyncApiDocument, SocketMessage, SocketOperation } from './asyncapi-document.js';
import { STYLE } from './asyncapi-style.js';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Content policy of a page that loads nothing else. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

interface Field {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly description?: string;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

interface Fields {
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
}

/** Renders the document as a readable page without scripts. */
export function asyncApiPage(document: AsyncApiDocument): string {
  const { info, channels, operations, components } = document;
  const { socket } = channels;
  const named = Object.entries(operations);
  const received = named.filter(([, { action }]) => action === 'receive');
  const sent = Object.entries(components.messages).filter(([name]) => name.startsWith('server.'));
  const card = ([name, message]: readonly [string, SocketMessage]): string => article(name, message, operations[name]);
  const ofClient = received.map(([name]) => [name, components.messages[name]] as [string, SocketMessage]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<div class="page">
<nav aria-label="On this page">
<h2>From the client</h2>${ofClient.map(link).join('')}
<h2>From the server</h2>${sent.map(link).join('')}
<h2>Ends and errors</h2><a href="#close-codes">close codes</a><a href="#error-codes">error codes</a>
<h2>Beside this</h2><a class="to" href="asyncapi.json">AsyncAPI document</a><a class="to" href="../docs">REST</a>
</nav>
<main>
<h1>${escaped(info.title)}</h1>
<p>${text(info.description)}</p>
<p><code>GET ${escaped(socket.address)}</code> ${text(socket.description)}</p>
<p>${text(components.securitySchemes.token.description)}</p>
<h2>From the client</h2>
${ofClient.map(card).join('\n')}
<h2>From the server</h2>
${sent.map(card).join('\n')}
<h2 id="close-codes">Close codes</h2>
${table(
  ['Code', 'Means', 'Come back'],
  socket['x-close-codes'].map(({ code, meaning, reconnect }) => [
    String(code),
    text(meaning),
    reconnect ? 'yes' : 'no',
  ]),
)}
<h2 id="error-codes">Error codes</h2>
${table(
  ['Code', 'Means', 'Try again'],
  socket['x-error-codes'].map(({ code, title, retryable }) => [
    `<code>${code}</code>`,
    escaped(title),
    retryable ? 'yes' : 'no',
  ]),
)}
</main>
</div>
</body>
</html>
`;
}

const link = ([name, { title }]: readonly [string, SocketMessage]): string =>
  `<a href="#${name}">${escaped(title)}</a>`;

function article(name: string, message: SocketMessage, operation: SocketOperation | undefined): string {
  const { title, summary, payload, examples } = message;
  const [answer] = operation?.reply?.messages ?? [];
  const answered = answer?.$ref.split('.').at(-1);
  const { data } = (payload['properties'] ?? {}) as { data?: Fields };
  const rows = Object.entries(data?.properties ?? {}).map(([field, schema]) => [
    `<code>${escaped(field)}</code>${data?.required?.includes(field) ? '' : ' <span class="optional">?</span>'}`,
    kindOf(schema),
    text(schema.description ?? ''),
  ]);
  const fields = rows.length > 0 ? table(['Field', 'Type', ''], rows, 'kind') : '';
  const example = JSON.stringify(examples[0]?.payload);
  return `<article id="${name}">
<h3>${escaped(title)}${answered ? ` <small>answered with <a href="#server.${answered}">${answered}</a></small>` : ''}</h3>
<p>${text(operation?.summary ?? summary)}</p>
${fields}<pre tabindex="0" aria-label="Example of ${escaped(title)}"><code>${escaped(example)}</code></pre>
</article>`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[], second = ''): string {
  const cell = (content: string, index: number): string =>
    `<td${index === 1 && second ? ` class="${second}"` : ''}>${content}</td>`;
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map(cell).join('')}</tr>`).join('');
  return `<div class="table" tabindex="0" role="region" aria-label="${heads[0]} table"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function kindOf({ type, enum: values, items, anyOf, minimum, maximum, maxLength }: Field): string {
  if (anyOf) return anyOf.map(kindOf).join(' or ');
  if (values) return values.length > 6 ? 'a code' : escaped(values.join(' | '));
  if (items) return `list of ${kindOf(items)}`;
  const kind = escaped([type ?? 'any'].flat().join(' or '));
  const isBounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (isBounded) return `${kind} ${minimum}–${maximum}`;
  return maxLength === undefined ? kind : `${kind} ≤ ${maxLength}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (raw: string): string => raw.replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? char);

/** Escapes text and marks \`code\` in it. */
const text = (raw: string): string => escaped(raw).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
