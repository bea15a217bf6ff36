import type { Part } from '../server.ts'
import type { World } from '../stripe/world.ts'

export function createPages(_world: World): Part {
  return { owns: ({ path }) => path.startsWith('/c/pay/'), handle: () => ({ status: 404, body: 'soon' }) }
}
