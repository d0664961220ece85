<?php
// Gatehouse's public keys, kept in a file for all requests. Whoever can write that file can forge tokens, so it must not
// lie in a folder like /tmp.
$cache = getenv('JWKS_CACHE') ?: __DIR__ . '/jwks.json'; // of one server: another one needs a file of its own

class Away extends Exception {} // the keys could not be fetched, which says nothing about the token

function base64url(string $text): string
{
    return (string) base64_decode(strtr($text, '-_', '+/'), true);
}

// Returns the key as openssl wants it. The keys are kept for five minutes. An unknown kid has them fetched again, but once
// a minute at most.
function publicKey(string $kid): string
{
    foreach ([300, 60] as $seconds) {
        foreach (keys($seconds) as $jwk) {
            if ($jwk['kid'] === $kid && $jwk['alg'] === 'ES256') {
                $der = hex2bin('3059301306072a8648ce3d020106082a8648ce3d03010703420004') . base64url($jwk['x']) . base64url($jwk['y']);
                return "-----BEGIN PUBLIC KEY-----\n" . chunk_split(base64_encode($der), 64) . "-----END PUBLIC KEY-----\n";
            }
        }
    }
    throw new Exception('unknown key');
}

function keys(int $seconds): array
{
    global $gatehouse, $cache;
    clearstatcache();
    if (!is_file($cache) || time() - filemtime($cache) > $seconds) {
        $context = stream_context_create(['http' => ['timeout' => 5, 'follow_location' => 0]]);
        $text = @file_get_contents("$gatehouse/.well-known/jwks.json", false, $context); // false where the status is an error
        $new = $cache . '.' . getmypid();
        if (!isset(json_decode((string) $text, true)['keys']) || !file_put_contents($new, $text) || !rename($new, $cache)) {
            throw new Away('no keys');
        }
    }
    return json_decode(file_get_contents($cache), true)['keys'];
}
