const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const MAX_ANSWER_BYTES = 1 << 20;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Splits the data of a keep-alive connection into HTTP/1.1 answers: with content-length, chunked,
 * or without a body.
 */
export class AnswerParser {
  private rest?: Buffer;

  /** @throws Error if the data is no HTTP/1.1 answer, or one that is too long. */
  push(chunk: Buffer, take: (answer: Answer) => void): void {
    let bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    for (let found = answerIn(bytes); found; found = answerIn(bytes)) {
      bytes = bytes.subarray(found.bytes);
      take(found.answer);
    }
    if (bytes.length > MAX_ANSWER_BYTES) throw new Error('an answer that does not end');
    this.rest = bytes.length > 0 ? Buffer.from(bytes) : undefined;
  }
}

function answerIn(bytes: Buffer): { answer: Answer; bytes: number } | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  if (!status) throw new Error(`no HTTP/1.1 answer: ${head.slice(0, 80)}`);
  const start = headEnd + HEAD_END.length;
  const body = /\r\ntransfer-encoding: *chunked/i.test(head)
    ? chunked(bytes, start)
    : measured(bytes, start, Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0));
  return body && { answer: { status, body: body.text }, bytes: body.end };
}

interface Body {
  readonly text: string;
  /** Offset at which the next answer starts. */
  readonly end: number;
}

function measured(bytes: Buffer, start: number, length: number): Body | undefined {
  const end = start + length;
  return bytes.length < end ? undefined : { text: bytes.toString('utf8', start, end), end };
}

/**
 * Parses chunks without extensions or trailers (RFC 9112 §7.1), which servers send only on request.
 */
function chunked(bytes: Buffer, start: number): Body | undefined {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const size = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]+$/i.test(size)) throw new Error(`no size of a chunk: ${size.slice(0, 20)}`);
    const from = lineEnd + LINE_END.length;
    const to = from + Number.parseInt(size, 16);
    if (bytes.length < to + LINE_END.length) return undefined;
    at = to + LINE_END.length;
    if (to === from) return { text: Buffer.concat(parts).toString(), end: at };
    parts.push(bytes.subarray(from, to));
  }
}
