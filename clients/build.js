// Builds the package in the current folder for `import` and for `require`: readable files, each
// with its source map and types.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

const folders = { esm: join('dist', 'esm'), cjs: join('dist', 'cjs') };
for (const folder of Object.values(folders)) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
const maps = { sourceMap: true, inlineSources: true };
const program = ts.createProgram(fileNames, { ...options, ...maps, emitDeclarationOnly: false, outDir: folders.esm });
const { diagnostics } = program.emit();
const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
if (problems.length > 0) {
  const host = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: ts.sys.getCurrentDirectory,
    getNewLine: () => '\n',
  };
  console.error(ts.formatDiagnostics(problems, host));
  process.exit(1);
}

for (const file of fileNames) {
  const compilerOptions = { ...options, ...maps, module: ts.ModuleKind.CommonJS };
  const name = basename(file, '.ts');
  const { outputText, sourceMapText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions,
    fileName: basename(file),
  });
  const map = { ...JSON.parse(sourceMapText), sources: [`../../src/${basename(file)}`] };
  writeFileSync(join(folders.cjs, `${name}.js`), outputText);
  writeFileSync(join(folders.cjs, `${name}.js.map`), JSON.stringify(map));
}
// The same declarations twice: the package.json beside them says which module format they describe.
for (const file of readdirSync(folders.esm).filter((name) => name.endsWith('.d.ts'))) {
  writeFileSync(join(folders.cjs, file), readFileSync(join(folders.esm, file)));
}
writeFileSync(join(folders.cjs, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
