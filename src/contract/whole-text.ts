import { z } from 'zod';

/**
 * Text that UTF-8 can represent. Half a surrogate pair would be stored as U+FFFD, which is another
 * text.
 */
export const wholeText = z.string().refine((text) => !/\p{Cs}/u.test(text), 'must not contain half a surrogate pair');
