import { sizeBytes } from './setting.js';

/** Settings of REST. */
export const rest = {
  dataMaxBytes: sizeBytes(65_536, 'Maximum size of the `data` of a notification, as JSON.'),
  httpBodyBytes: sizeBytes(262_144, 'Maximum size of a request body.'),
  httpBatchBodyBytes: sizeBytes(4_194_304, 'Maximum size of the body of a batch request; at least `HTTP_BODY_BYTES`.'),
};
