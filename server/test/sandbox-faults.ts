type Fault = {
  provider?: 'stripe' | 'twilio'
  method?: string
  path?: string
  effect: 'timeout' | 'reset' | 'answer-lost' | 'status'
  status?: number
  times?: number
}

/** Makes a sandbox fail as told; Twilio's part unless said otherwise. */
export function sandboxFaults(url: string): { add(fault: Fault): Promise<void>; clear(): Promise<void> } {
  const ask = async (method: string, body?: object) => {
    const answer = await fetch(`${url}/_sandbox/faults`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`)
  }
  return { add: (fault) => ask('POST', { provider: 'twilio', ...fault }), clear: () => ask('DELETE') }
}
