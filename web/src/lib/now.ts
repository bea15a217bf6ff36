import { useQuery } from '@tanstack/react-query'
import { clockQuery, configQuery } from './queries.ts'

/** The time that bills go by: the sandbox's clock where there is one, else this machine's. */
export const useNow = (): Date => {
  const { data: config } = useQuery(configQuery)
  const { data: clock } = useQuery({ ...clockQuery, enabled: config?.sandbox === true })
  return new Date(Date.now() + (clock?.aheadMs ?? 0))
}
