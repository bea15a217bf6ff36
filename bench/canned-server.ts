import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What any program on Node pays for an exchange: reads the request, answers 800 bytes that were made before. */
const body = JSON.stringify({ id: 'cus_1', object: 'customer', filler: 'x'.repeat(760) })
const server = createServer(async (request, response) => {
  for await (const _ of request);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  console.log(`Sandbox     http://127.0.0.1:${(server.address() as AddressInfo).port}\nStripe key  none`)
})
