// Before the chat has loaded, `ParleyChat` is a list of what to do once it has.
window.ParleyChat = window.ParleyChat || [];

ParleyChat.push([
  "init",
  { url: `${location.origin.replace("http", "ws")}/v1`, api: `${location.origin}/api`, token },
]);
ParleyChat.push([
  "on",
  "unread",
  ({ total }) => {
    document.getElementById("unread").textContent = total > 0 ? `${total} unread` : "";
  },
]);

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("ask").addEventListener("click", () => {
    ParleyChat.push(["openPerson", "bob"]);
  });
});

/** Gets a token of your login. This one comes from the local Parley, which asks no questions. */
async function token() {
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sub: "alice", name: "Alice", tenantId: "acme", role: "member" }),
  });
  if (!response.ok) throw new Error(`No token: ${response.status}`);
  return (await response.json()).token;
}
