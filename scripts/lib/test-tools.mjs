import { findChromium } from './chromium.mjs';
import { findKubectl } from './kubectl.mjs';
import { findNginx } from './nginx.mjs';
import { otherNode } from './other-node.mjs';
import { findPrometheus } from './prometheus.mjs';
import { findProgram } from './process.mjs';
import { describeError } from './setup-error.mjs';

/**
 * @typedef {{ log: (line: string) => void, signal: AbortSignal }} Context
 * @typedef {object} Tool
 * @property {RegExp} specs paths of the specs that need it
 * @property {string} missing message if it is missing, with a way to get it
 * @property {(context: Context) => Record<string, string | undefined> | Promise<Record<string,
 * string | undefined>>} find finds the variables by which the specs find it; it is missing if one
 * is undefined
 */

/** Programs that some specs need but not every machine has. @type {readonly Tool[]} */
const TOOLS = [
  {
    specs: /^test[\\/]browser[\\/]/,
    missing: 'no Chromium; install it or set CHROMIUM_BIN',
    find: async ({ log, signal }) => ({ CHROMIUM_BIN: await findChromium(log, signal) }),
  },
  {
    specs: /[\\/]nginx-[a-z-]+\.spec\.ts$/,
    missing: 'no nginx; install it or set NGINX_BIN',
    find: () => ({ NGINX_BIN: findNginx() }),
  },
  {
    specs: /[\\/]prometheus-[a-z-]+\.spec\.ts$/,
    missing: 'no Prometheus; install it or set PROMETHEUS_BIN and PROMTOOL_BIN',
    find: () => ({ PROMETHEUS_BIN: findPrometheus('prometheus'), PROMTOOL_BIN: findPrometheus('promtool') }),
  },
  {
    specs: /[\\/](tls-post-quantum|other-nodes)\.spec\.ts$/,
    missing: 'no Node 24; set TEST_NODE_24',
    find: async (context) => ({ TEST_NODE_24: process.env.TEST_NODE_24 ?? (await otherNode(24, context)) }),
  },
  {
    specs: /[\\/]other-nodes\.spec\.ts$/,
    missing: 'no Node 22; set TEST_NODE_22',
    find: async (context) => ({ TEST_NODE_22: process.env.TEST_NODE_22 ?? (await otherNode(22, context)) }),
  },
  {
    specs: /[\\/]kubernetes\.spec\.ts$/,
    missing: 'no kubectl; set KUBECTL_BIN',
    find: async (context) => ({ KUBECTL_BIN: await findKubectl(context) }),
  },
  {
    specs: /[\\/]image\.spec\.ts$/,
    missing: 'no Buildah, or not root; install it or set BUILDAH_BIN',
    find: () => ({
      BUILDAH_BIN: process.getuid?.() === 0 ? findProgram(process.env.BUILDAH_BIN || 'buildah') : undefined,
    }),
  },
];

/**
 * Finds or installs the programs that these specs need.
 * @param {readonly string[]} specs
 * @param {Context} context
 * @returns the specs that can run, the variables that name their programs, and the others with the
 * reason
 */
export async function findTools(specs, context) {
  /** @type {Record<string, string | undefined>} */
  const env = {};
  /** @type {{ specs: string[], reason: string }[]} */
  const skipped = [];
  let runnable = [...specs];
  for (const { specs: pattern, missing, find } of TOOLS) {
    const needing = runnable.filter((spec) => pattern.test(spec));
    if (needing.length === 0) continue;
    const { found, reason } = await search(find, context);
    Object.assign(env, found);
    if (reason === undefined && Object.values(found).every((path) => path !== undefined)) continue;
    skipped.push({ specs: needing, reason: reason === undefined ? missing : `${missing} (${reason})` });
    runnable = runnable.filter((spec) => !pattern.test(spec));
  }
  return { runnable, env, skipped };
}

/** @param {Tool['find']} find @param {Context} context */
async function search(find, context) {
  try {
    return { found: await find(context), reason: undefined };
  } catch (error) {
    context.signal.throwIfAborted();
    return { found: {}, reason: describeError(error) };
  }
}
