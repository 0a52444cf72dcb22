// Sends the WebSocket of a signed path to the server of a participant's session: a CloudFront
// Function (runtime cloudfront-js-2.0) on the viewer requests of /game/*. It cannot tell an upgrade
// from another request: CloudFront hides the headers Connection and Upgrade.
//
//     /game/{key id}.{expires}.{port}.{label}.{proof}.{signature}
//
// handlers/hippo_gym/sessions/edge.py describes the parts, and signs. The keys are in the key value
// store of this function: key id -> secret. Terraform fills in the root domain. The label's form, the
// root domain and the ports are checked besides the signature, so that this is never an open relay.

import cf from 'cloudfront';
import crypto from 'crypto';

const ROOT_DOMAIN = '{{root_domain}}';
const PREFIX = '/game/';
const PARTS = 6;
const LONGEST = 400;
const LABEL = /^[a-z0-9-]{1,63}$/;
const KEY_ID = /^[a-z0-9]{1,16}$/;
const NUMBER = /^[0-9]{1,12}$/;
const MAC = /^[A-Za-z0-9_-]{43}$/;

const keys = cf.kvs();

async function handler(event) {
  const request = event.request;
  const parts = partsOf(request.uri);
  if (parts === null) return refused('form');
  const key = await keyOf(parts[0]);
  if (key === null) return refused('key');
  const signed = parts.slice(0, PARTS - 1).join('.');
  if (!isSame(key, mac(key, signed), parts[5])) return refused('signature');
  if (Number(parts[1]) * 1000 <= Date.now()) return refused('expired');
  cf.updateRequestOrigin({
    domainName: parts[3] + '.' + ROOT_DOMAIN,
    customHeaders: {},
    connectionAttempts: 2,
    // Seconds. The first byte of an answer: the server answers at once, or is not there. CloudFront's
    // default, because it is not documented whether it also counts in an open WebSocket.
    timeouts: { connectionTimeout: 3, readTimeout: 30, keepAliveTimeout: 5 },
    customOriginConfig: {
      port: Number(parts[2]),
      protocol: 'http',
      sslProtocols: ['TLSv1.2'], // required, and without effect: the protocol is http
      ipAddressType: 'ipv4'
    },
    originAccessControlConfig: { enabled: false },
    originShield: { enabled: false }
  });
  return request;
}

// Returns the parts of a path that has the right form, else null.
function partsOf(uri) {
  if (uri.length > LONGEST || !uri.startsWith(PREFIX)) return null;
  const parts = uri.slice(PREFIX.length).split('.');
  if (parts.length !== PARTS || !KEY_ID.test(parts[0]) || !NUMBER.test(parts[1])) return null;
  if (!NUMBER.test(parts[2]) || !isPort(Number(parts[2]))) return null;
  if (!LABEL.test(parts[3]) || !MAC.test(parts[4]) || !MAC.test(parts[5])) return null;
  return parts;
}

// CloudFront connects to no other ports (developer guide, "Distribution settings", "HTTP port").
function isPort(port) {
  return port === 80 || port === 443 || (port >= 1024 && port <= 65535);
}

async function keyOf(id) {
  try {
    return await keys.get(id);
  } catch (error) {
    return null; // no such key
  }
}

function mac(key, text) {
  return crypto.createHmac('sha256', key).update(text).digest('base64url');
}

// Compares MACs of both texts: the runtime has no comparison that takes the same time for all texts.
function isSame(key, expected, given) {
  return mac(key, expected) === mac(key, given);
}

function refused(why) {
  return {
    statusCode: 403,
    statusDescription: 'Forbidden',
    headers: { 'cache-control': { value: 'no-store' }, 'x-hippo-refused': { value: why } }
  };
}
