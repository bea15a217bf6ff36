import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../lib/db.ts'
import { sql } from '../lib/db.ts'

/** `GET /metrics` in Prometheus' form: the process, requests by route, and the inbox by status. */
export function serveMetrics(app: FastifyInstance, db: Database): void {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const requests = new Histogram({
    name: 'tollgate_http_request_seconds',
    help: 'How long requests took, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [register],
  })
  new Gauge({
    name: 'tollgate_inbox_events',
    help: 'Webhook events by status',
    labelNames: ['status'],
    registers: [register],
    async collect() {
      const rows = await db.system((tx) =>
        tx.rows<{ status: string; events: number }>(sql`
          select status, count(*)::int as events from inbox where status in ('received', 'waiting', 'dead') group by status`),
      )
      this.reset()
      for (const row of rows) this.set({ status: row.status }, row.events)
    },
  })
  app.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
    }
    requests.observe(labels, reply.elapsedTime / 1000)
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(register.contentType).send(await register.metrics()),
  )
}
