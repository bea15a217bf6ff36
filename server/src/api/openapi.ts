import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Operation } from './operation.ts'

const ERROR = {
  type: 'object',
  required: ['success', 'error', 'code', 'requestId'],
  properties: {
    success: { const: false },
    error: { type: 'string', description: 'For a person' },
    code: { type: 'string', description: 'A stable word' },
    requestId: { type: 'string' },
    action: {
      type: 'object',
      required: ['kind', 'url', 'text'],
      properties: { kind: { type: 'string' }, url: { type: 'string' }, text: { type: 'string' } },
    },
  },
}

/** `GET /openapi.json`: the document of every operation, made from what the server itself checks. */
export function serveOpenApi(app: FastifyInstance, operations: readonly Operation[]): void {
  const document = JSON.stringify(openApi(operations))
  app.get('/openapi.json', async (_request, reply) => reply.type('application/json').send(document))
}

function openApi(operations: readonly Operation[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const declared of operations) {
    declared.paths.forEach((path, index) => {
      const shown = path.replace(/:(\w+)/g, '{$1}')
      paths[shown] ??= {}
      paths[shown][declared.method.toLowerCase()] = describe(declared, { path: shown, isAlias: index > 0 })
    })
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Tollgate', version: '0.1.0' },
    paths,
    components: {
      schemas: { Error: ERROR },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a JWT of the host app' },
      },
    },
  }
}

function describe(declared: Operation, { path, isAlias }: { path: string; isAlias: boolean }): object {
  const schema = z.toJSONSchema(declared.input, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, object>
    required?: string[]
    $schema?: string
  }
  const inPath = (name: string) => path.includes(`{${name}}`)
  const properties = Object.entries(schema.properties ?? {})
  const required = new Set(schema.required ?? [])
  const isRead = declared.method === 'GET' || declared.method === 'DELETE'
  const parameters = properties
    .filter(([name]) => inPath(name) || isRead)
    .map(([name, shape]) => ({
      name,
      in: inPath(name) ? 'path' : 'query',
      required: inPath(name) || required.has(name),
      schema: shape,
    }))
  const body = properties.filter(([name]) => !inPath(name))
  const { $schema: _, ...whole } = schema
  const bodySchema =
    schema.properties === undefined
      ? whole
      : {
          type: 'object',
          properties: Object.fromEntries(body),
          required: body.map(([name]) => name).filter((name) => required.has(name)),
          additionalProperties: false,
        }
  return {
    operationId: isAlias ? `${declared.name}Alias` : declared.name,
    summary: declared.summary,
    ...(declared.needs === 'public' ? {} : { security: [{ bearer: [] }], 'x-scope': declared.needs.scope }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(isRead ? {} : { requestBody: { content: { 'application/json': { schema: bodySchema } } } }),
    responses: {
      '2XX': { description: 'Done' },
      '4XX': {
        description: 'Refused',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}
