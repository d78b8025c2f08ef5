// oauth2-mock-server, shaped into the Faceki token endpoint: the HTTP server, the TLS stack and the JWTs are not ours.
//
// One JSON line on stdout when it listens: {port, issuer, ca}. Another one when stdin closes, which ends it: {requests, tokens}.
// Never outlives 60 seconds.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:https';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';

const route = '/auth/api/generate-token';
const secrets = { 'peer-client': 'peer-secret', 'peer-odd': 'quote " backslash \\ newline \n umlaut ü' };
const lifetime = 3600;

setTimeout(() => process.exit(3), 60_000).unref();

// A throwaway certificate: key and certificate come out one behind the other, and never touch the disk.
const pem = execFileSync('openssl', [
  'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-', '-days', '1',
  '-subj', '/CN=oauth2-mock-server', '-addext', 'subjectAltName=IP:127.0.0.1',
], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const certificate = pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----'));

const issuer = new OAuth2Issuer();
await issuer.keys.generate('RS256');
const service = new OAuth2Service(issuer, { token: route });

const tokens = [];
service.on('beforeResponse', (response) => {
  const { access_token, token_type } = response.body;
  tokens.push(access_token);
  response.body = { responseCode: 0, data: { access_token, expires_in: lifetime, token_type } };
});

function refuse(response, status, message) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ status: false, message, statusCode: 422, data: {} }));
}

// What is wrong with the documented request, or nothing.
function problem(request, text) {
  if (request.method !== 'POST' || request.url !== route) return 'not POST ' + route;
  if (request.headers['content-type'] !== 'application/json') return 'not application/json';
  if ('authorization' in request.headers) return 'Authorization on the token call';
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (body === null || Object.keys(body).sort().join() !== 'clientId,clientSecret') return 'not exactly clientId and clientSecret';
  if (typeof body.clientId !== 'string' || typeof body.clientSecret !== 'string') return 'not strings';
  if (body.clientSecret.length < 8) return 'no secret of ours is that short';
  return '';
}

let requests = 0;
const server = createServer({ key: pem, cert: certificate }, async (request, response) => {
  ++requests;
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const wrong = problem(request, text);
  if (wrong) return refuse(response, 400, wrong);
  const { clientId, clientSecret } = JSON.parse(text);
  if (secrets[clientId] !== clientSecret) return refuse(response, 401, 'unknown client');
  // The service speaks RFC 6749; it takes a body that was read already as it is.
  request.body = { grant_type: 'client_credentials' };
  service.requestHandler(request, response);
});

server.listen(0, '127.0.0.1', () => {
  issuer.url = `https://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify({ port: server.address().port, issuer: issuer.url, ca: certificate }));
});

process.stdin.resume();
process.stdin.on('end', () => {
  process.stdout.write(JSON.stringify({ requests, tokens }) + '\n', () => process.exit(0));
});
