import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { ApiKeyRegistry } from '../auth/api-key.registry.js';
import { Metrics } from '../observability/metrics.js';
import { type Books, BooksService } from '../topic/books.service.js';

/** The books of every app that has an API key, counted when Prometheus asks. Anything but 0 in `difference` is a fault. */
@Injectable()
export class BooksMetrics {
  constructor({ apps }: ApiKeyRegistry, metrics: Metrics, service: BooksService) {
    const gauge = new Gauge({
      name: 'postrider_books',
      help: 'Deliveries of an app by what became of them',
      labelNames: ['app', 'state'],
      registers: [metrics.installation],
      async collect() {
        // While Redis is away there is nothing to tell, and the other metrics matter the more.
        const books = await Promise.all(apps.map((app) => service.books(app).catch(() => undefined)));
        gauge.reset();
        books.forEach((found, index) => {
          for (const [state, count] of Object.entries(found ?? ({} as Partial<Books>))) {
            gauge.set({ app: apps[index] ?? '', state }, count);
          }
        });
      },
    });
  }
}
