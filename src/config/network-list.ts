import { z } from 'zod';

const NETWORK = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** A list of addresses and networks, which may be empty; a new schema each time, as each setting has its own description. */
export const networks = () =>
  z.string().transform((list, context): readonly string[] => {
    const names = list.split(',').flatMap((name) => name.trim() || []);
    if (!names.every((name) => NETWORK.safeParse(name).success))
      context.addIssue('must be a comma-separated list of addresses and networks such as 10.0.0.0/8');
    return names;
  });
