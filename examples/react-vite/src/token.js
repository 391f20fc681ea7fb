/** Gets a token of your login. This one comes from the local Parley, which asks no questions. */
export async function getToken() {
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sub: "alice", name: "Alice", tenantId: "acme", role: "member" }),
  });
  if (!response.ok) throw new Error(`No token: ${response.status}`);
  return (await response.json()).token;
}
