<?php
// Verifies Gatehouse's access tokens by itself: plain PHP with the openssl extension. It reads tokens from its input, one a
// line, and answers each with the status that an API would give:  echo "$ACCESS" | php verify.php
require __DIR__ . '/keys.php';
$gatehouse = getenv('GATEHOUSE') ?: 'http://localhost:3000';
$issuer = getenv('ISSUER') ?: $gatehouse; // Gatehouse's --issuer; unless set, its --base-url
$audience = getenv('AUDIENCE') ?: $issuer; // Gatehouse's --audience; unless set, its --base-url

// A signature is two numbers of 32 bytes (RFC 7518, 3.4), which openssl wants in DER.
function der(string $signature): string
{
    $der = '';
    foreach (str_split($signature, 32) as $number) {
        $number = ltrim($number, "\0");
        $number = ord($number) > 127 ? "\0$number" : $number; // else it would be negative
        $der .= "\x02" . chr(strlen($number)) . $number;
    }
    return "\x30" . chr(strlen($der)) . $der;
}

// Returns what the token says. Its sub is the user's id.
function verify(string $token): array
{
    global $issuer, $audience;
    $parts = explode('.', $token);
    if (count($parts) !== 3) {
        throw new Exception('malformed');
    }
    [$header, $claims] = [json_decode(base64url($parts[0]), true), json_decode(base64url($parts[1]), true)];
    $signature = base64url($parts[2]);
    // Never the algorithm that the token asks for; and a refresh token is no access token.
    if (($header['alg'] ?? '') !== 'ES256' || ($header['typ'] ?? '') !== 'at+jwt' || strlen($signature) !== 64) {
        throw new Exception('not an access token');
    }
    $key = publicKey(is_string($header['kid'] ?? null) ? $header['kid'] : '');
    if (openssl_verify("$parts[0].$parts[1]", der($signature), $key, OPENSSL_ALGO_SHA256) !== 1) {
        throw new Exception('wrong signature');
    }
    if (($claims['iss'] ?? '') !== $issuer || ($claims['aud'] ?? '') !== $audience) {
        throw new Exception('from or for somebody else');
    }
    if (!is_int($claims['exp'] ?? '') || $claims['exp'] <= time()) {
        throw new Exception('expired');
    }
    return $claims;
}

while (($token = fgets(STDIN)) !== false) {
    try {
        $claims = verify(trim($token));
        echo '200 ', json_encode($claims), "\n";
    } catch (Exception $err) {
        echo $err instanceof Away ? 503 : 401, ' ', $err->getMessage(), "\n";
    }
}
