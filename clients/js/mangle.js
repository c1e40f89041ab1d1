import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { minify } from '@swc/core';
import ts from 'typescript';

const SRC = join(import.meta.dirname, 'src');
const read = (file) => readFileSync(join(SRC, file), 'utf8');

/**
 * Shortens what nothing outside of the bundle can name, before the minifier shortens the rest:
 * - private members, which are reached by `this` alone;
 * - other members of our own classes that occur neither in an interface that is exported or travels, nor as a key or a
 *   string, nor in the platform's own types.
 */
export function mangle() {
  return {
    name: 'postrider-mangle',
    renderChunk: (code) => ({ code: shortened(code), map: null }),
    /** Once more over what the minifier of the bundler has left. */
    async generateBundle(_, bundle) {
      const options = { module: true, ecma: 2022, mangle: true, compress: { passes: 4, ecma: 2022 } };
      for (const chunk of Object.values(bundle)) chunk.code = (await minify(chunk.code, options)).code;
    },
  };
}

function shortened(code) {
  const { internal, privates } = memberNames();
  const shared = shortNames(internal, letters);
  // Each class has its own, which are the same in all of them: that is what compresses well.
  const own = new Map(
    [...privates].map(([name, members]) => [name, shortNames(members, (index) => `_${letters(index)}`)]),
  );
  const edits = [];
  const visit = (node, around) => {
    if (ts.isClassLike(node)) around = own.get(className(node)) ?? new Map();
    if (ts.isIdentifier(node) && isMember(node)) {
      const text = (isOwn(node) ? around.get(node.text) : undefined) ?? shared.get(node.text);
      const isShorthand = ts.isBindingElement(node.parent) && node.parent.propertyName === undefined;
      if (text) edits.push({ at: node.getStart(), end: node.end, text: isShorthand ? `${text}: ${node.text}` : text });
    }
    ts.forEachChild(node, (child) => visit(child, around));
  };
  visit(ts.createSourceFile('chunk.js', code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS), new Map());
  let result = '';
  let from = 0;
  for (const { at, end, text } of edits) {
    result += code.slice(from, at) + text;
    from = end;
  }
  return result + code.slice(from);
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** a … Z, then a_ … Z_: nothing of the platform or of the protocol is called that. */
const letters = (index) => ALPHABET[index % ALPHABET.length] + '_'.repeat(Math.floor(index / ALPHABET.length));

const shortNames = (names, nameOf) => new Map([...names].map((name, index) => [name, nameOf(index)]));

const className = ({ name, parent }) => (name ?? parent.name)?.text;

/** Whether an identifier names a member, rather than a variable of the same name. */
function isMember(node) {
  const { parent, text } = node;
  if (ts.isBindingElement(parent)) {
    const isObject = ts.isObjectBindingPattern(parent.parent);
    return isObject && (parent.propertyName?.text ?? parent.name.text) === text;
  }
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return ts.isClassElement(parent);
}

/** Whether a member is that of the class around it. */
function isOwn({ parent }) {
  const source = ts.isBindingElement(parent) ? parent.parent.parent.initializer : parent.expression;
  return ts.isClassElement(parent) || source?.kind === ts.SyntaxKind.ThisKeyword;
}

/** The names that may be replaced: wherever they occur, and in which class. */
function memberNames() {
  const members = new Set();
  const privates = new Map();
  const fixed = platformNames();
  const visible = new Set(read('index.ts').match(/\b[A-Z]\w+/g));
  const addClass = (node) => {
    const own = new Set();
    privates.set(className(node), own);
    for (const member of node.members.flatMap((member) => [member, ...(member.parameters ?? [])])) {
      const modifiers = member.modifiers ?? [];
      const name = member.name?.getText();
      if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) own.add(name);
      else if (ts.isParameter(member) && modifiers.length === 0) continue;
      else if (name) (visible.has(className(node)) ? fixed : members).add(name);
    }
  };
  const visit = (node, file) => {
    if (ts.isClassDeclaration(node)) addClass(node);
    else if (ts.isTypeElement(node) && (visible.has(node.parent.name?.text) || file === 'frames.ts')) {
      fixed.add(node.name.getText());
    } else if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) fixed.add(node.name.getText());
    else if (ts.isStringLiteralLike(node)) fixed.add(node.text);
    ts.forEachChild(node, (child) => visit(child, file));
  };
  for (const file of readdirSync(SRC)) visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022, true), file);
  return { internal: new Set([...members].filter((name) => !fixed.has(name))), privates };
}

function platformNames() {
  const folder = dirname(createRequire(import.meta.url).resolve('typescript'));
  const libraries = readdirSync(folder).filter((file) => /^lib\.(es|dom).*\.d\.ts$/.test(file));
  const texts = libraries.map((file) => readFileSync(join(folder, file), 'utf8'));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/^\s+(?:readonly |get |set )?(\w+)\??[:(<]/gm)].map(([, name]) => name)),
  );
}
