import { z } from 'zod';

const NETWORK = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/**
 * Parses a list of addresses and networks, which may be empty. Each setting needs a schema of its
 * own for its description.
 */
export const networks = () =>
  z.string().transform((list, context): readonly string[] => {
    const names = list.split(',').flatMap((name) => name.trim() || []);
    if (!names.every((name) => NETWORK.safeParse(name).success))
      context.addIssue('must be a comma-separated list of addresses and networks such as 10.0.0.0/8');
    return names;
  });
