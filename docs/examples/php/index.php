<?php
// Who is this? Asks Gatehouse, with the visitor's own Cookie header.
$gatehouse = getenv('GATEHOUSE') ?: 'http://127.0.0.1:3000';
$answer = @file_get_contents($gatehouse . '/api/users/me', false, stream_context_create(['http' => [
    'header' => 'Cookie: ' . ($_SERVER['HTTP_COOKIE'] ?? ''),
    'timeout' => 5,
    'ignore_errors' => true, // gives the body of a 401 or 503 as well
    'follow_location' => 0,
]]));
$status = (int) explode(' ', $http_response_header[0] ?? 'HTTP/1.1 503')[1];

header('Content-Type: text/plain; charset=utf-8');
if ($status === 401) {
    http_response_code(401);
    exit("Please sign in first.\n");
}
if ($status !== 200) { // no answer is not "signed out"
    http_response_code(503);
    header('Retry-After: 5');
    exit("Please try again in a moment.\n");
}
$user = json_decode($answer, true)['data'];
echo "You are {$user['email']}.\n";
