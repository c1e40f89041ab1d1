import { z } from 'zod';

/** Text that UTF-8 can hold. Half a surrogate pair would be stored as U+FFFD, and so be another text. */
export const wholeText = z.string().refine((text) => !/\p{Cs}/u.test(text), 'must not have half a surrogate pair');
